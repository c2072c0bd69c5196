"""The main job: python driver.py --video clip.mp4 --threads 4"""

from facepipe.driver import entry

if __name__ == "__main__":
    entry()
