"""The main job: python driver.py --video clip.mp4 --threads 4"""

from facepipe.job.main import entry

if __name__ == "__main__":
    entry()
